package dev.weft.cli;

import dev.weft.cli.AdminClient.Answer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft token}. */
@Command(
    name = "token",
    description = "Makes, lists and revokes join tokens.",
    subcommands = {
      TokenCommand.Create.class,
      TokenCommand.ListAll.class,
      TokenCommand.Revoke.class
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  weft token create --service orders --ttl 12h --uses 1",
      "  WEFT_JOIN_TOKEN=$(weft token create --service orders) java -jar orders.jar",
      "  weft token list"
    })
final class TokenCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private Weft.Help help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of create, list, revoke is missing");
  }

  /** {@code weft token create}. */
  @Command(
      name = "create",
      description = "Makes a token for one service. Prints it, this once.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  weft token create --service orders",
        "  weft token create --service orders -n prod --ttl 12h --uses 3",
        "  weft token create --service orders --addresses 203.0.113.7,10.8.0.0/16"
      })
  static final class Create implements Callable<Integer> {
    private final Terminal terminal;

    @Spec private CommandSpec spec;
    @Mixin private Weft.Help help;
    @Mixin private Output output;

    @Option(
        names = "--service",
        required = true,
        paramLabel = "S",
        description = "The service that may join with it.")
    private String service = "";

    private String namespace = "default";

    @Option(
        names = {"-n", "--namespace"},
        paramLabel = "NS",
        description = "Its namespace (default: default).")
    private void namespace(String name) {
      namespace = Namespace.required(spec, name);
    }

    @Option(
        names = "--ttl",
        defaultValue = "30d",
        paramLabel = "TIME",
        description = "How long it holds, such as 30d, 12h or 15m (default: ${DEFAULT-VALUE}).")
    private String ttl = "30d";

    @Option(
        names = "--uses",
        paramLabel = "N",
        description = "How often it can be used (default: any number of times).")
    private @Nullable Long uses;

    @Option(
        names = "--addresses",
        split = ",",
        paramLabel = "CIDR",
        description = {
          "Addresses that the service may register beside the one that it is seen to come from,",
          "such as those of a network behind NAT."
        })
    private List<String> addresses = List.of();

    Create(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("service", service);
      body.put("namespace", namespace);
      body.put("ttl", ttl);
      if (uses != null) {
        body.put("uses", uses);
      }
      if (!addresses.isEmpty()) {
        body.put("addresses", addresses);
      }
      Answer answer = new AdminClient(terminal).post("/api/v1/tokens", body);
      if (!output.isTable()) {
        output.tree(terminal.out(), answer.tree());
        return 0;
      }
      // The token alone on stdout, so that $(weft token create …) is the token.
      terminal.out().println(answer.tree().get("token"));
      terminal.out().flush();
      terminal
          .err()
          .println(
              "token "
                  + Trees.text(answer.tree(), "id")
                  + " for "
                  + namespace
                  + "/"
                  + service
                  + ", until "
                  + Trees.text(answer.tree(), "expires"));
      return 0;
    }
  }

  /** {@code weft token list}. */
  @Command(
      name = "list",
      description = "Lists the tokens, without their secrets.",
      footerHeading = "%nExamples:%n",
      footer = {"  weft token list", "  weft token list -o json"})
  static final class ListAll implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private Weft.Help help;
    @Mixin private Output output;

    ListAll(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      Answer answer = new AdminClient(terminal).get("/api/v1/tokens");
      if (!output.isTable()) {
        output.tree(terminal.out(), answer.tree());
        return 0;
      }
      Output.Table table =
          new Output.Table(
              List.of("ID", "NAMESPACE", "SERVICE", "EXPIRES", "USES LEFT", "ADDRESSES"));
      for (Map<String, Object> token : answer.list("items")) {
        table.row(
            List.of(
                Trees.text(token, "id"),
                any(token.get("namespace")),
                any(token.get("service")),
                Trees.text(token, "expires"),
                Long.valueOf(-1).equals(token.get("usesLeft"))
                    ? "any"
                    : Trees.text(token, "usesLeft"),
                addresses(token.get("addresses"))));
      }
      if (table.isEmpty()) {
        terminal.err().println("no tokens");
      } else {
        table.print(terminal.out());
      }
      return 0;
    }

    private static String addresses(@Nullable Object value) {
      return value instanceof List<?> list && !list.isEmpty()
          ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
          : "its own";
    }

    private static String any(@Nullable Object value) {
      return value == null || value.equals("") ? "any" : String.valueOf(value);
    }
  }

  /** {@code weft token revoke}. */
  @Command(
      name = "revoke",
      description = "Revokes a token; certificates that were issued for it stay.",
      footerHeading = "%nExamples:%n",
      footer = "  weft token revoke 3fa9c1")
  static final class Revoke implements Callable<Integer> {
    private final Terminal terminal;

    @Mixin private Weft.Help help;

    @Parameters(
        index = "0",
        paramLabel = "ID",
        description = "Its id, as `weft token list` shows it; its beginning is enough.")
    private String id = "";

    Revoke(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public Integer call() {
      AdminClient.Answer answer = new AdminClient(terminal).delete(AdminClient.path("tokens", id));
      terminal.out().println("token " + Trees.text(answer.tree(), "revoked") + " revoked");
      return 0;
    }
  }
}
