package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.List;
import java.util.Map;

/** Tells people what became of resources. */
final class Outcomes {
  private Outcomes() {}

  static void print(Terminal terminal, Map<String, Object> resource, boolean dryRun) {
    String name = name(resource);
    terminal.out().println(name + " " + resource.get("action") + (dryRun ? " (dry run)" : ""));
    if (resource.get("warnings") instanceof List<?> warnings) {
      warnings.forEach(warning -> terminal.warning(name + " " + warning));
    }
  }

  static void summary(Terminal terminal, Answer answer, boolean dryRun) {
    broken(terminal, answer);
    if (!Boolean.TRUE.equals(answer.tree().get("changed"))) {
      terminal.out().println("nothing changed, still revision " + answer.tree().get("revision"));
    } else if (!dryRun) {
      terminal.out().println("revision " + answer.tree().get("revision"));
    }
  }

  /** Warns of what was not touched itself. */
  static void broken(Terminal terminal, Answer answer) {
    if (answer.tree().get("warnings") instanceof List<?> warnings) {
      warnings.forEach(warning -> terminal.warning(String.valueOf(warning)));
    }
  }

  static String name(Map<String, Object> resource) {
    return resource.get("kind") + " " + resource.get("namespace") + "/" + resource.get("name");
  }
}
