package dev.weft.instrumentation.apachehttpclient5;

import java.util.List;

/** Which versions are tested, each in a loader of its own. */
final class Versions {
  static final String NEWEST = "5.6.5";

  /** Fewer with {@code -Dhttpclients5=…,…}. */
  static final List<String> CONTRACT =
      List.of(System.getProperty("httpclients5", "5.1.4," + NEWEST).split(","));

  /** Each of them has an operator with one argument more. */
  static final List<String> SMOKE =
      List.of(System.getProperty("httpclients5", "5.3.1,5.4.4").split(","));

  private Versions() {}
}
