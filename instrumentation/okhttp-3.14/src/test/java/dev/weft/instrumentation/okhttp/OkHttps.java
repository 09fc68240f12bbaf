package dev.weft.instrumentation.okhttp;

import java.util.List;

/** The versions under test, each in a loader of its own. */
final class OkHttps {
  static final String NEWEST = "5.5.1";

  /** Those of {@code -Dokhttps=3.14.9,5.5.1}, or all. */
  static final List<String> VERSIONS =
      List.of(System.getProperty("okhttps", "3.14.9,4.12.0," + NEWEST).split(","));

  private OkHttps() {}
}
