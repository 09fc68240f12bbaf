package dev.weft.cli;

import java.io.BufferedWriter;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program. Exit codes: 0 all is well, 1 it failed, 2 it was called wrongly. */
@Command(
    name = "weft",
    description = "Runs and steers a Weft mesh.",
    mixinStandardHelpOptions = false,
    subcommands = {
      CoordinatorCommand.class,
      ApplyCommand.class,
      CheckCommand.class,
      DiffCommand.class,
      ExplainCommand.class,
      GetCommand.class,
      DeleteCommand.class,
      RevisionsCommand.class,
      RollbackCommand.class,
      ServicesCommand.class,
      InstancesCommand.class,
      AgentsCommand.class,
      EdgesCommand.class,
      TopCommand.class,
      StrictCommand.class,
      TokenCommand.class,
      CaCommand.class,
      CertificateCommand.class,
      VersionCommand.class,
      CommandLine.HelpCommand.class
    },
    footerHeading = "%nEnvironment:%n",
    footer = {
      "  WEFT_ADMIN         address of the coordinator's admin API (http://127.0.0.1:7470)",
      "  WEFT_ADMIN_TOKEN   its token; else the file admin-token in WEFT_HOME",
      "  WEFT_ADMIN_CA      certificate (PEM) to trust, for an https address",
      "  WEFT_HOME          where a user's tokens are (~/.weft)",
      "",
      "Exit codes: 0 all is well, 1 it failed, 2 it was called wrongly."
    })
public final class Weft implements Runnable {
  static final int FAILED = 1;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @CommandLine.Mixin private Help help;

  @CommandLine.Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Shows the version.")
  private boolean version;

  Weft(Terminal terminal) {
    this.terminal = terminal;
  }

  /** {@code --help}, for every command. */
  static final class Help {
    @CommandLine.Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Shows this help.")
    private boolean help;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  public static void main(String[] args) {
    Map<String, String> properties = new HashMap<>();
    System.getProperties()
        .stringPropertyNames()
        .forEach(name -> properties.put(name, System.getProperty(name)));
    Terminal terminal =
        new Terminal(
            System.getenv(),
            properties,
            System.in,
            printer(System.out, false),
            printer(System.err, true),
            InstantSource.system());
    System.exit(execute(terminal, args));
  }

  private static PlainPrinter printer(OutputStream to, boolean flushing) {
    return new PlainPrinter(
        new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8)), flushing);
  }

  /** Runs one command, and returns its exit code. */
  static int execute(Terminal terminal, String... args) {
    CommandLine line = new CommandLine(new Weft(terminal), new Commands(terminal));
    line.setOut(terminal.out());
    line.setErr(terminal.err());
    line.setUsageHelpWidth(100);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.getCommandSpec().versionProvider(() -> new String[] {VersionCommand.text()});
    line.setParameterExceptionHandler(
        (e, arguments) -> {
          CommandLine command = e.getCommandLine();
          terminal.error(String.valueOf(e.getMessage()).replaceFirst("^Error: ", ""));
          if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, terminal.err())) {
            terminal
                .err()
                .println("See `" + command.getCommandSpec().qualifiedName() + " --help`.");
          }
          terminal.err().flush();
          return CommandLine.ExitCode.USAGE;
        });
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          if (e instanceof CliException failure) {
            failure.lines().forEach(terminal::error);
            return failure.exitCode();
          } else {
            terminal.error("unexpected: " + e);
            if (terminal.setting("weft.debug") != null) {
              e.printStackTrace(terminal.err());
            }
          }
          return FAILED;
        });
    int code = line.execute(args);
    terminal.out().flush();
    return code;
  }

  /** Gives each command its terminal. */
  private record Commands(Terminal terminal) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      try {
        var constructor = type.getDeclaredConstructor(Terminal.class);
        constructor.setAccessible(true);
        return constructor.newInstance(terminal);
      } catch (NoSuchMethodException e) {
        return CommandLine.defaultFactory().create(type);
      }
    }
  }
}
