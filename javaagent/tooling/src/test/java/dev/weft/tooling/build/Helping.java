package dev.weft.tooling.build;

/** Helpers of a module that there is not. */
final class Helping {
  private Helping() {}

  static final class Called extends Above {
    static void call() {
      new Held(null).toString();
    }
  }

  abstract static class Above implements Even {}

  interface Even {}

  static final class Held {
    final Later later;

    Held(Later later) {
      this.later = later;
    }
  }

  static final class Later {}

  static final class Changed {}

  static final class NobodyNamesIt {}
}
