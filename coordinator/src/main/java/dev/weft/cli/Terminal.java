package dev.weft.cli;

import dev.weft.wire.Plain;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a command has around it; tests hand in their own.
 *
 * @param properties system properties, which go before the environment
 */
record Terminal(
    Map<String, String> environment,
    Map<String, String> properties,
    InputStream in,
    PlainPrinter out,
    PlainPrinter err,
    InstantSource clock) {
  /** A setting such as {@code weft.admin}, from the property or from {@code WEFT_ADMIN}. */
  @Nullable String setting(String key) {
    String value = properties.get(key);
    if (value == null) {
      value = environment.get(key.replace('.', '_').toUpperCase(Locale.ROOT));
    }
    return value == null || value.isBlank() ? null : value.strip();
  }

  /** {@code weft.home}: where a user's tokens are. */
  Path home() {
    String home = setting("weft.home");
    return home != null
        ? Path.of(home)
        : Path.of(properties.getOrDefault("user.home", ".")).resolve(".weft");
  }

  void error(String line) {
    err.println("error: " + Plain.text(line));
    err.flush();
  }

  void warning(String line) {
    err.println("warning: " + Plain.text(line));
    err.flush();
  }
}
