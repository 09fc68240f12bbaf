package dev.weft.cli;

import dev.weft.policy.Dns1123;
import dev.weft.policy.Resource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code -n}, and {@code -A} for all of them. */
final class Namespace {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private @Nullable String name;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces.")
  private boolean all;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "The namespace (default: default).")
  private void name(String name) {
    this.name = required(command, name);
  }

  static String required(CommandSpec command, String name) {
    if (!Dns1123.isLabel(name)) {
      throw new ParameterException(
          command.commandLine(), "namespace: " + name + " (expected: " + Dns1123.LABEL + ")");
    }
    return name;
  }

  boolean isAll() {
    return all;
  }

  /** What was given; null if nothing was. */
  @Nullable String given() {
    return name;
  }

  String one() {
    return name == null ? Resource.DEFAULT_NAMESPACE : name;
  }

  /** As a query, {@code ?namespace=…}; with what else is to be in it. */
  String query(String... more) {
    List<String> parts = new ArrayList<>(List.of(more));
    if (!all) {
      parts.add(0, "namespace=" + AdminClient.encode(one()));
    }
    return parts.isEmpty() ? "" : "?" + String.join("&", parts);
  }

  /** Columns of a table, the namespace before them if there can be several. */
  List<String> columns(String namespace, String... columns) {
    List<String> row = new ArrayList<>(List.of(columns));
    if (all) {
      row.add(0, namespace);
    }
    return row;
  }
}
