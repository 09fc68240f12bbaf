package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code weft certificate}. */
@Command(
    name = "certificate",
    description = "Revokes certificates, and lists what was revoked.",
    subcommands = {CertificateCommand.Revoke.class, CertificateCommand.Revoked.class},
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft certificate revoke --serial 3fa9c1…",
      "  weft certificate revoke --service orders",
      "  weft certificate revoked"
    })
final class CertificateCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of revoke, revoked is missing");
  }

  /** {@code weft certificate revoke}. */
  @Command(
      name = "revoke",
      description = {
        "Revokes one certificate, with all that it was renewed to, or all of a service until now: nobody in the mesh believes"
            + " them any more, and connections that were made with them end within seconds.",
        "A process of that service with a good join token joins again by itself. To keep one out,"
            + " revoke its token first (weft token revoke)."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  weft certificate revoke --serial 3fa9c1…     # as weft agents -o yaml shows it",
        "  weft certificate revoke --service orders -n prod"
      })
  static final class Revoke implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;
    @Mixin private Weft.Help help;
    @Mixin private Output output;

    @ArgGroup(multiplicity = "1")
    private Which which = new Which();

    /** One of the two. */
    static final class Which {
      @Option(
          names = "--serial",
          paramLabel = "S",
          description = "The certificate's serial number, hexadecimal; its beginning is enough.")
      private @Nullable String serial;

      @Option(
          names = "--service",
          paramLabel = "S",
          description = "The service whose certificates are revoked.")
      private @Nullable String service;
    }

    @Option(
        names = "--force",
        description = "Even if this coordinator has heard of no such service or certificate.")
    private boolean force;

    private @Nullable String namespace;

    @Option(
        names = {"-n", "--namespace"},
        paramLabel = "NS",
        description = "Its namespace (default: default).")
    private void namespace(String name) {
      namespace = Namespace.required(spec, name);
    }

    Revoke(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      if (which.serial != null && namespace != null) {
        throw new ParameterException(spec.commandLine(), "--namespace goes with --service only");
      }
      Map<String, Object> body = new LinkedHashMap<>();
      if (which.serial != null) {
        body.put("serial", which.serial);
      } else {
        body.put("service", which.service);
        body.put("namespace", namespace == null ? "default" : namespace);
      }
      if (force) {
        body.put("force", true);
      }
      Answer answer = new AdminClient(terminal).post("/api/v1/revocations", body);
      if (output.isTable()) {
        terminal.out().println(subject(answer.tree()) + " revoked");
      } else {
        output.tree(terminal.out(), answer.tree());
      }
      return 0;
    }
  }

  /** {@code weft certificate revoked}. */
  @Command(
      name = "revoked",
      description = "Lists what was revoked. An entry stays until no such certificate can be left.",
      footerHeading = "%nExamples:%n",
      footer = {"  weft certificate revoked", "  weft certificate revoked -o json"})
  static final class Revoked implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private Weft.Help help;
    @Mixin private Output output;

    Revoked(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Answer answer = new AdminClient(terminal).get("/api/v1/revocations");
      if (!output.isTable()) {
        output.tree(terminal.out(), answer.tree());
        return 0;
      }
      Output.Table table = new Output.Table(List.of("REVOKED", "AGE"));
      for (Map<String, Object> one : answer.list("items")) {
        table.row(
            List.of(subject(one), Output.age(one.get("revoked"), terminal.clock().instant())));
      }
      if (table.isEmpty()) {
        terminal.err().println("nothing is revoked");
      } else {
        table.print(terminal.out());
      }
      return 0;
    }
  }

  private static String subject(Map<String, Object> one) {
    return one.get("serial") instanceof String serial
        ? "certificate " + serial
        : "certificates of " + one.get("namespace") + "/" + one.get("service");
  }
}
