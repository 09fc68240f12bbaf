package dev.weft.testkit.client;

import dev.weft.testkit.BridgeOnBoot;
import dev.weft.testkit.Identities;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.tooling.WeftModule;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The main class of a process with a small heap, which moves bodies that do not fit into it. */
public final class BigTransfer {
  /** Four times the heap shows that plaintext is not kept; TLS has to move two gigabytes. */
  private static final long PLAINTEXT = 256L << 20;

  private static final long TLS = 2L << 30;

  private BigTransfer() {}

  /** Moves bodies with one library; has a constructor without arguments. */
  public interface Client {
    WeftModule module();

    /**
     * Sends a POST with a body of zeros, piece by piece, and reads the answer the same way.
     *
     * @return how many bytes have been read
     */
    long post(String url, long size) throws Exception;
  }

  /** A body of zeros. */
  public static InputStream zeros(long size) {
    return new InputStream() {
      private long left = size;

      @Override
      public int read() {
        return left-- > 0 ? 0 : -1;
      }

      @Override
      public int read(byte[] into, int from, int length) {
        if (left <= 0) {
          return -1;
        }
        int n = (int) Math.min(left, length);
        left -= n;
        return n;
      }
    };
  }

  /** Reads to the end. */
  public static long count(InputStream in) throws IOException {
    byte[] block = new byte[64 * 1024];
    long all = 0;
    for (int n; (n = in.read(block)) >= 0; ) {
      all += n;
    }
    return all;
  }

  public static void main(String[] args) throws Exception {
    BridgeOnBoot.install();
    Bridged.run(args[0]);
  }

  /** Everything that mentions the bridge, which must be on the bootstrap loader by then. */
  private static final class Bridged {
    static void run(String clientClass) throws Exception {
      Client client = (Client) Class.forName(clientClass).getDeclaredConstructor().newInstance();
      Weaver.install(client.module());
      TestOutbound outbound = new TestOutbound();
      TestMesh.get().outbound(outbound);
      for (boolean tls : new boolean[] {false, true}) {
        ServerSocket acceptor =
            tls
                ? Identities.context("orders")
                    .getServerSocketFactory()
                    .createServerSocket(0, 5, InetAddress.getLoopbackAddress())
                : new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        long size = tls ? TLS : PLAINTEXT;
        Thread server = new Thread(() -> serve(acceptor, size), "server");
        server.setDaemon(true);
        server.start();
        int port = acceptor.getLocalPort();
        outbound.route(
            "orders", tls ? TestEndpoint.tls("orders", port) : TestEndpoint.plain("orders", port));
        long got = client.post("http://orders/big", size);
        if (got != size) {
          throw new IllegalStateException("expected " + size + " bytes, got " + got);
        }
        acceptor.close();
      }
      if (!outbound.outcomes().stream().allMatch(told -> told.equals(List.of("200")))) {
        throw new IllegalStateException("outcomes: " + outbound.outcomes());
      }
      System.out.println("all arrived");
      System.exit(0);
    }

    private static void serve(ServerSocket acceptor, long size) {
      try (Socket socket = acceptor.accept()) {
        InputStream in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
        long length = -1;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
          if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
            length = Long.parseLong(line.substring(15).trim());
          }
        }
        byte[] block = new byte[64 * 1024];
        for (long left = length; left > 0; ) {
          int n = in.read(block, 0, (int) Math.min(left, block.length));
          if (n < 0) {
            throw new EOFException("body");
          }
          left -= n;
        }
        OutputStream out = socket.getOutputStream();
        out.write(
            ("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1));
        for (long left = size; left > 0; left -= block.length) {
          out.write(block);
        }
        out.flush();
        // Until the client has read everything.
        in.read();
      } catch (IOException e) {
        // The client says what it has missed.
      }
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException("head");
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }
  }
}
