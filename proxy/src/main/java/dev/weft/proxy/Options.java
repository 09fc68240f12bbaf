package dev.weft.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code weft proxy}.
 *
 * @param applicationPort where the application listens, on loopback; -1: it only calls
 * @param settings {@code weft.*} keys that options stand for
 * @param proxy where the HTTP proxy for the application listens
 * @param inbound where others call
 * @param services ports on loopback that stand for services, by port
 * @param command the application; empty if somebody else starts it
 */
record Options(
    int applicationPort,
    Map<String, String> settings,
    InetSocketAddress proxy,
    InetSocketAddress inbound,
    Map<Integer, Service> services,
    List<String> command) {
  /**
   * A service that is called by a port.
   *
   * @param port of the service; -1 for its main one
   */
  record Service(String host, int port) {}

  /** Whether the application is called, too. */
  boolean serves() {
    return applicationPort > 0;
  }

  static final String USAGE =
      """
      usage: weft proxy --service NAME [--app-port PORT] [options] [-- COMMAND [ARGUMENT]...]

      Makes a service that is not on a JVM a member of the mesh: takes mesh TLS for it, and calls for
      it. Starts COMMAND, where one is given, with HTTP_PROXY set, and ends with its exit code.

        --service NAME           the service, a DNS-1123 label (else WEFT_SERVICE)
        --app-port PORT          where the application listens, on loopback (without it: it only
                                 calls, and nobody can call it)
        --namespace NAME         its namespace (default: default)
        --listen HOST:PORT       HTTP proxy for the application's calls, on loopback (default:
                                 127.0.0.1:0, a free port)
        --listen-service NAME[:PORT]=PORT
                                 127.0.0.1:PORT is the service NAME, for an application that cannot
                                 use a proxy; may be repeated
        --inbound HOST:PORT      where others call (default: 0.0.0.0:0, a free port on all addresses)
        --ready-path PATH        ready once this path answers 2xx (default: once the port accepts)
        -h, --help               shows this

      Settings are as the agent's (docs/settings.md); options win over them. docs/proxy.md has recipes.

      Exit codes: that of COMMAND (128+n after signal n); 1 it failed, 2 it was called wrongly.
      """;

  /**
   * @param args without the word {@code proxy}
   * @return null if only help was asked for
   */
  static @Nullable Options parse(List<String> args) throws UsageException {
    Parser parser = new Parser(args);
    return parser.parse() ? parser.options() : null;
  }

  /** A free port on all addresses. */
  private static final String ANY = "0.0.0.0:0";

  private static final class Parser {
    private final List<String> args;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final Map<Integer, Service> services = new LinkedHashMap<>();
    private int applicationPort = -1;
    private String proxy = "127.0.0.1:0";
    private String inbound = "";
    private List<String> command = List.of();
    private int at;

    Parser(List<String> args) {
      this.args = args;
    }

    /** Returns false if only help was asked for. */
    boolean parse() throws UsageException {
      while (at < args.size()) {
        String arg = args.get(at++);
        if (arg.equals("--")) {
          command = List.copyOf(args.subList(at, args.size()));
          if (command.isEmpty()) {
            throw new UsageException("--: nothing follows (expected: a command)");
          }
          return true;
        }
        if (arg.equals("--help") || arg.equals("-h")) {
          return false;
        }
        int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
        option(
            equals < 0 ? arg : arg.substring(0, equals),
            equals < 0 ? null : arg.substring(equals + 1));
      }
      return true;
    }

    private void option(String name, @Nullable String inline) throws UsageException {
      switch (name) {
        case "--service":
          settings.put("weft.service", value(name, inline));
          break;
        case "--namespace":
          settings.put("weft.namespace", value(name, inline));
          break;
        case "--ready-path":
          settings.put("weft.ready.path", path(name, value(name, inline)));
          break;
        case "--app-port":
          applicationPort = port(name, value(name, inline), 1);
          break;
        case "--listen":
          proxy = value(name, inline);
          break;
        case "--inbound":
          inbound = value(name, inline);
          break;
        case "--listen-service":
          service(name, value(name, inline));
          break;
        default:
          throw new UsageException(
              name
                  + (name.startsWith("-")
                      ? ": unknown option"
                      : ": unexpected (expected: an option; a command comes after --)"));
      }
    }

    private String value(String option, @Nullable String inline) throws UsageException {
      String value = inline != null ? inline : at < args.size() ? args.get(at++) : "";
      if (value.isEmpty() || value.equals("--")) {
        throw new UsageException(option + ": a value is missing");
      }
      return value;
    }

    private static String path(String option, String text) throws UsageException {
      if (!text.startsWith("/")) {
        throw new UsageException(option + ": " + text + " (expected: a path that begins with /)");
      }
      return text;
    }

    private void service(String option, String text) throws UsageException {
      int equals = text.lastIndexOf('=');
      String name = equals < 0 ? "" : text.substring(0, equals);
      int colon = name.lastIndexOf(':');
      String host = colon < 0 ? name : name.substring(0, colon);
      if (host.isEmpty()) {
        throw new UsageException(option + ": " + text + " (expected: NAME=PORT)");
      }
      int port = port(option, text.substring(equals + 1), 1);
      int called = colon < 0 ? -1 : port(option, name.substring(colon + 1), 1);
      if (services.put(port, new Service(host, called)) != null) {
        throw new UsageException(option + ": port " + port + " is given twice");
      }
    }

    Options options() throws UsageException {
      if (applicationPort < 0 && (!inbound.isEmpty() || settings.containsKey("weft.ready.path"))) {
        throw new UsageException(
            "--app-port is missing (expected beside "
                + (inbound.isEmpty() ? "--ready-path" : "--inbound")
                + ": where the application listens)");
      }
      InetSocketAddress listen = address("--listen", proxy);
      if (!listen.getAddress().isLoopbackAddress()) {
        throw new UsageException(
            "--listen: "
                + proxy
                + " (expected: a loopback address, for whoever reaches it calls as this service)");
      }
      return new Options(
          applicationPort,
          Map.copyOf(settings),
          listen,
          address("--inbound", inbound.isEmpty() ? ANY : inbound),
          Map.copyOf(services),
          List.copyOf(new ArrayList<>(command)));
    }

    private static InetSocketAddress address(String option, String text) throws UsageException {
      int colon = text.lastIndexOf(':');
      String host = colon < 0 ? "" : text.substring(0, colon);
      if (host.isEmpty()) {
        throw new UsageException(option + ": " + text + " (expected: HOST:PORT)");
      }
      try {
        return new InetSocketAddress(
            InetAddress.getByName(host), port(option, text.substring(colon + 1), 0));
      } catch (UnknownHostException e) {
        throw new UsageException(option + ": " + host + " (expected: an address of this machine)");
      }
    }

    private static int port(String option, String text, int least) throws UsageException {
      try {
        int port = Integer.parseInt(text);
        if (port >= least && port <= 65535) {
          return port;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new UsageException(
          option + ": " + text + " (expected: a port, " + least + " to 65535)");
    }
  }
}
