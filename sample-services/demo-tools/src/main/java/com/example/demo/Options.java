package com.example.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** Pairs of {@code --name value}. */
final class Options {
  private final Map<String, String> values = new HashMap<>();

  Options(String[] arguments) {
    if (arguments.length % 2 != 0) {
      throw new IllegalArgumentException("expected pairs of --name value");
    }
    for (int i = 0; i < arguments.length; i += 2) {
      if (!arguments[i].startsWith("--")) {
        throw new IllegalArgumentException(arguments[i] + " (expected: --name)");
      }
      values.put(arguments[i].substring(2), arguments[i + 1]);
    }
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("--" + name + " is missing");
    }
    return value;
  }

  String text(String name, String absent) {
    return values.getOrDefault(name, absent);
  }

  int number(String name, int absent) {
    String value = values.get(name);
    return value == null ? absent : Integer.parseInt(value);
  }

  /** Replaces a file in one step, so that a reader never sees half of it. */
  static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
