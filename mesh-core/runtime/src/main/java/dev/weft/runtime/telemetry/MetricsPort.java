package dev.weft.runtime.telemetry;

import dev.weft.runtime.Log;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers {@code GET /metrics}, and nothing else. Anybody may connect here, so nobody is waited
 * for: one thread serves a few connections as they get ready, each has a deadline for the whole of
 * it, and where one more comes the oldest goes. Channels and no HTTP server of the JDK's: those are
 * what applications serve with, and are woven.
 */
final class MetricsPort implements AutoCloseable {
  /** Processes on one machine find ports one after the other. */
  private static final int TRIES = 100;

  static final int MAX_CONNECTIONS = 8;
  static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long LOOK_MILLIS = 1_000;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ServerSocketChannel server;
  private final Selector selector;
  private final Supplier<String> text;
  private final LongSupplier nanoTime;
  private final Log log;

  /** The oldest first. */
  private final ArrayDeque<Scrape> scrapes = new ArrayDeque<>();

  private MetricsPort(
      ServerSocketChannel server,
      Selector selector,
      Supplier<String> text,
      LongSupplier nanoTime,
      Log log) {
    this.server = server;
    this.selector = selector;
    this.text = text;
    this.nanoTime = nanoTime;
    this.log = log;
  }

  /**
   * Opens the first free port from one on.
   *
   * @throws IOException if none of the next hundred is free
   */
  static MetricsPort open(int first, Supplier<String> text, LongSupplier nanoTime, Log log)
      throws IOException {
    IOException last = new IOException("port " + first + " (expected: 1 to 65535)");
    for (int port = first; port < first + TRIES && port <= 65535; port++) {
      ServerSocketChannel server = ServerSocketChannel.open();
      try {
        server.bind(new InetSocketAddress(port), MAX_CONNECTIONS);
        server.configureBlocking(false);
        Selector selector = Selector.open();
        server.register(selector, SelectionKey.OP_ACCEPT);
        MetricsPort opened = new MetricsPort(server, selector, text, nanoTime, log);
        Thread thread = new Thread(null, opened::run, "weft-metrics", 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(null);
        thread.start();
        return opened;
      } catch (IOException e) {
        server.close();
        last = e;
      }
    }
    throw last;
  }

  int number() {
    return server.socket().getLocalPort();
  }

  private void run() {
    while (server.isOpen()) {
      try {
        // Without connections there is nothing to look after.
        selector.select(scrapes.isEmpty() ? 0 : LOOK_MILLIS);
        Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
        while (ready.hasNext()) {
          SelectionKey key = ready.next();
          ready.remove();
          if (key.isValid()) {
            serve(key);
          }
        }
        endLateOnes();
      } catch (IOException e) {
        // Such as too many open files: it would be ready again at once.
        log.debug("the port of /metrics: " + e);
        LockSupport.parkNanos(PAUSE_NANOS);
      } catch (RuntimeException e) {
        if (server.isOpen()) {
          log.warnOnce("metrics", "/metrics cannot be told: " + e);
        }
      }
    }
    scrapes.forEach(Scrape::close);
  }

  private void serve(SelectionKey key) throws IOException {
    if (!(key.attachment() instanceof Scrape scrape)) {
      accept();
      return;
    }
    boolean done;
    try {
      done = scrape.advance(key, text);
    } catch (IOException | RuntimeException e) {
      end(scrape);
      if (e instanceof RuntimeException) {
        throw (RuntimeException) e;
      }
      log.debug("a scrape of /metrics: " + e);
      return;
    }
    if (done) {
      end(scrape);
    }
  }

  private void accept() throws IOException {
    SocketChannel channel = server.accept();
    if (channel == null) {
      return;
    }
    if (scrapes.size() >= MAX_CONNECTIONS) {
      end(scrapes.element());
    }
    Scrape scrape = new Scrape(channel, nanoTime.getAsLong() + DEADLINE_NANOS);
    scrapes.add(scrape);
    try {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, scrape);
    } catch (IOException e) {
      end(scrape);
    }
  }

  private void endLateOnes() {
    long now = nanoTime.getAsLong();
    while (!scrapes.isEmpty() && now - scrapes.element().deadline() >= 0) {
      end(scrapes.element());
    }
  }

  private void end(Scrape scrape) {
    scrapes.remove(scrape);
    scrape.close();
  }

  /** For tests. */
  void lookAgain() {
    selector.wakeup();
  }

  @Override
  public void close() throws IOException {
    server.close();
    selector.close();
  }
}
