package dev.weft.instrumentation.okhttp;

import java.util.Arrays;
import java.util.List;

/** The versions under test, each in a loader of its own. */
final class OkHttps {
  static final String LOWEST = "3.14.9";
  static final String BETWEEN = "4.12.0";
  static final String NEWEST = "5.5.1";

  /** Those of {@code -Dokhttps=3.14.9,5.5.1}, or all. */
  static final List<String> VERSIONS =
      Arrays.asList(
          System.getProperty("okhttps", String.join(",", LOWEST, BETWEEN, NEWEST)).split(","));

  private OkHttps() {}
}
