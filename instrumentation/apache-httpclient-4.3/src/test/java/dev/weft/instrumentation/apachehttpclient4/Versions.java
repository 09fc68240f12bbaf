package dev.weft.instrumentation.apachehttpclient4;

import java.util.List;

/** Which versions are tested, each in a loader of its own. */
final class Versions {
  static final String NEWEST = "4.5.14";
  static final String NEWEST_ASYNC = "4.1.5";

  /** Fewer with {@code -Dhttpclients4=…,…}. */
  static final List<String> CONTRACT =
      List.of(System.getProperty("httpclients4", "4.3.6," + NEWEST).split(","));

  /** Between them. */
  static final List<String> SMOKE = List.of(System.getProperty("httpclients4", "4.4.1").split(","));

  /** Of HttpAsyncClient; fewer with {@code -Dhttpasyncclients4=…,…}. */
  static final List<String> ASYNC =
      List.of(System.getProperty("httpasyncclients4", "4.1.3," + NEWEST_ASYNC).split(","));

  private Versions() {}
}
