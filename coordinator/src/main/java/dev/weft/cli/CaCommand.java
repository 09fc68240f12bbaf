package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft ca}. */
@Command(
    name = "ca",
    description = "Shows the certificate authority, and rotates its root.",
    subcommands = {CaCommand.Status.class, CaCommand.Rotate.class},
    footerHeading = "%nExamples:%n",
    footer = {"  weft ca status", "  weft ca rotate --wait"})
final class CaCommand implements Runnable {
  private static final String PATH = "/api/v1/ca";
  private static final String STABLE = "STABLE";

  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of status, rotate is missing");
  }

  /** {@code weft ca status}. */
  @Command(
      name = "status",
      description = {
        "Shows the roots, who signs, and where a rotation stands.",
        "SIGNING signs; RETIRING is still trusted; NEXT is trusted already; PINNED is kept for join"
            + " tokens that name it."
      },
      footerHeading = "%nExamples:%n",
      footer = {"  weft ca status", "  weft ca status -o json"})
  static final class Status implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private Weft.Help help;
    @Mixin private Output output;

    Status(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Answer answer = new AdminClient(terminal).get(PATH);
      if (!output.isTable()) {
        output.tree(terminal.out(), answer.tree());
        return 0;
      }
      terminal.out().println(line(answer.tree()));
      terminal
          .out()
          .println(
              "signer "
                  + Trees.text(answer.tree(), "signer", "name")
                  + ", until "
                  + Trees.text(answer.tree(), "signer", "notAfter"));
      Output.Table table = new Output.Table(List.of("ROOT", "USE", "NOT AFTER", "SHA-256"));
      for (Map<String, Object> root : answer.list("roots")) {
        table.row(
            List.of(
                Trees.text(root, "name"),
                Trees.text(root, "use"),
                Trees.text(root, "notAfter"),
                Trees.text(root, "fingerprint")));
      }
      table.print(terminal.out());
      return 0;
    }
  }

  /** {@code weft ca rotate}. */
  @Command(
      name = "rotate",
      description = {
        "Replaces the root of the certificate authority, without a failed request.",
        "It takes something over a tenth of a certificate's life (2.4 h of 24 h), at most a life"
            + " and two tenths."
      },
      footerHeading = "%nExamples:%n",
      footer = {"  weft ca rotate", "  weft ca rotate --wait"})
  static final class Rotate implements Callable<Integer> {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final Terminal terminal;

    @Mixin private Weft.Help help;
    @Mixin private Output output;

    @Option(names = "--wait", description = "Follows it until it is done. Ctrl-C does not stop it.")
    private boolean wait;

    Rotate(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      AdminClient client = new AdminClient(terminal);
      Answer answer = client.post(PATH + "/rotate", null);
      if (output.isTable()) {
        terminal.out().println("the root of the certificate authority rotates:");
        terminal.out().println("  DISTRIBUTING  every agent is told to trust the new root as well");
        terminal.out().println("  SIGNING       certificates come from the new root, one by one");
        terminal.out().println("  RETIRING      until none is left that the old root signed");
        terminal.out().println("  STABLE        the old root is trusted no more");
        if (!wait) {
          terminal.out().println("`weft ca status` shows where it stands");
        }
      }
      if (wait) {
        answer = follow(client, answer);
      }
      if (!output.isTable()) {
        output.tree(terminal.out(), answer.tree());
      }
      return 0;
    }

    private Answer follow(AdminClient client, Answer first) {
      Answer answer = first;
      String said = "";
      while (true) {
        String line = line(answer.tree());
        // Progress of a program that reads JSON belongs to the person beside it.
        if (!line.equals(said)) {
          (output.isTable() ? terminal.out() : terminal.err()).println(line);
          terminal.out().flush();
          said = line;
        }
        if (STABLE.equals(Trees.at(answer.tree(), "phase"))) {
          return answer;
        }
        LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        answer = client.get(PATH);
      }
    }
  }

  /** The phase, since when, and what it waits for. */
  private static String line(Map<String, Object> tree) {
    String phase = Trees.text(tree, "phase");
    String line = phase;
    if (Trees.at(tree, "since") != null) {
      line += " since " + Trees.text(tree, "since");
    }
    String until = Trees.text(tree, "until");
    return switch (phase) {
      case "DISTRIBUTING" -> line + ": " + ready(tree, "trust both roots", true);
      case "SIGNING" ->
          line
              + ": "
              + ready(tree, "have certificates of the new root", false)
              + "; they renew until "
              + until;
      case "RETIRING" ->
          line
              + ": "
              + ready(tree, "have certificates of the new root", true)
              + "; until "
              + until
              + " at the latest";
      default -> line;
    };
  }

  /**
   * How many are.
   *
   * @param named whether to name those that are not, because they are waited for
   */
  private static String ready(Map<String, Object> tree, String what, boolean named) {
    long behind = 0;
    long all = 0;
    if (Trees.at(tree, "progress", "coordinators") instanceof List<?> coordinators) {
      all = coordinators.size();
      behind =
          coordinators.stream()
              .filter(one -> Boolean.FALSE.equals(Trees.at(one, "following")))
              .count();
    }
    String missing =
        behind == 0 ? "" : behind + " of " + all + " coordinators have not answered yet";
    if (behind > 0 && behind == all) {
      return missing;
    }
    String names = Trees.joined(tree, "progress", "missing");
    return Trees.text(tree, "progress", "ready")
        + " of "
        + Trees.text(tree, "progress", "agents")
        + " agents "
        + what
        + (named && !names.equals("-") ? "; missing " + names.replace(",", ", ") : "")
        + (missing.isEmpty() ? "" : "; " + missing);
  }
}
