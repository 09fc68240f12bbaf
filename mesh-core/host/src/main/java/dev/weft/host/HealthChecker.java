package dev.weft.host;

import dev.weft.engine.Endpoint;
import dev.weft.engine.Surroundings;
import dev.weft.policy.BackendTrafficPolicy.ActiveCheck;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks endpoints how they are by HTTP/1.1, each time over a connection of its own, over mesh TLS
 * where they speak it. Of their answers the status is read and nothing else. Few are asked at once;
 * when all of these are slow, further ones are not asked this time. Thread-safe.
 */
final class HealthChecker implements Surroundings.Prober {
  static final int MAX_CHECKS = 8;

  /** No head of an answer is read beyond this. */
  private static final int MAX_HEAD = 16 * 1024;

  /** Says how endpoints are reached. */
  interface Addresses {
    /** Null if it cannot be reached as it must be, for want of a certificate of ours. */
    @Nullable EndpointAddress of(Endpoint endpoint);
  }

  private final Addresses addresses;
  private final Consumer<Throwable> faults;
  private final ThreadPoolExecutor threads;

  /**
   * @param faults counts and logs errors of the agent itself
   */
  HealthChecker(Addresses addresses, Consumer<Throwable> faults) {
    this.addresses = addresses;
    this.faults = faults;
    this.threads =
        new ThreadPoolExecutor(
            0,
            MAX_CHECKS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(null, task, "weft-health", 0, false);
              thread.setDaemon(true);
              thread.setContextClassLoader(null);
              return thread;
            });
  }

  @Override
  public void ask(Endpoint endpoint, ActiveCheck check, Consumer<Surroundings.Finding> told) {
    try {
      threads.execute(
          () -> {
            Surroundings.Finding finding = Surroundings.Finding.NOT_ASKED;
            try {
              finding = find(endpoint, check);
            } finally {
              told.accept(finding); // also of an Error: who is not told of never asks again
            }
          });
    } catch (RejectedExecutionException e) {
      told.accept(Surroundings.Finding.NOT_ASKED);
    }
  }

  private Surroundings.Finding find(Endpoint endpoint, ActiveCheck check) {
    try {
      EndpointAddress address = addresses.of(endpoint);
      if (address == null) {
        return Surroundings.Finding.NOT_ASKED;
      }
      return check.statuses().contains(status(address, endpoint.facts(), check))
          ? Surroundings.Finding.HEALTHY
          : Surroundings.Finding.UNHEALTHY;
    } catch (IOException e) {
      return Surroundings.Finding.UNHEALTHY;
    } catch (RuntimeException e) {
      faults.accept(e);
      return Surroundings.Finding.NOT_ASKED;
    }
  }

  private static int status(EndpointAddress address, Endpoint.Facts facts, ActiveCheck check)
      throws IOException {
    long end = System.nanoTime() + check.timeout().toNanos();
    String request =
        "GET "
            + check.path()
            + " HTTP/1.1\r\nHost: "
            + facts.service().name()
            + "."
            + facts.service().namespace()
            + "\r\nUser-Agent: weft-health-check\r\nConnection: close\r\n\r\n";
    try (Socket socket = Dialer.open(address, check.timeout())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new Head(socket, end).status();
    }
  }

  /** The head of an answer, as far as it matters. */
  private static final class Head {
    private final Socket socket;
    private final InputStream in;
    private final long end;
    private int read;

    Head(Socket socket, long end) throws IOException {
      this.socket = socket;
      this.in = socket.getInputStream();
      this.end = end;
    }

    /** Of the final answer: interim ones may come before it. */
    int status() throws IOException {
      while (true) {
        int status = status(line());
        if (status >= 200) {
          return status;
        }
        while (!line().isEmpty()) {
          // a field of an interim answer
        }
      }
    }

    private static int status(String line) throws IOException {
      if (line.startsWith("HTTP/1.") && line.length() >= 12 && line.charAt(8) == ' ') {
        try {
          return Integer.parseInt(line, 9, 12, 10);
        } catch (NumberFormatException e) {
          throw new IOException("no status: " + line, e);
        }
      }
      throw new IOException("no answer of HTTP/1.1: " + line);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      while (true) {
        int octet = next();
        if (octet == '\n') {
          return line.toString();
        }
        if (octet != '\r') {
          line.append((char) octet);
        }
      }
    }

    private int next() throws IOException {
      if (read++ >= MAX_HEAD) {
        throw new IOException("a head of more than " + MAX_HEAD + " bytes");
      }
      socket.setSoTimeout(Dialer.millisLeft(end));
      int octet = in.read();
      if (octet < 0) {
        throw new EOFException("closed without an answer");
      }
      return octet;
    }
  }
}
