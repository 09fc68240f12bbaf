package dev.weft.runtime.tls;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** The ways in which a caller can use {@link ClientTls}, with one face. */
enum Client {
  SOCKET {
    @Override
    Connection connect(EndpointTls tls, EngineServer server, String... alpn) throws IOException {
      return new OverSocket(tls.layer(server.dial(), 20_000, alpn));
    }
  },
  /** A socket that a library is given before its handshake. */
  FACTORY {
    @Override
    Connection connect(EndpointTls tls, EngineServer server, String... alpn) throws IOException {
      Socket raw = server.dial();
      SSLSocket socket =
          (SSLSocket) tls.socketFactory(20_000).createSocket(raw, "no.such.host", 1, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(alpn);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new OverSocket(socket);
    }
  },
  ENGINE {
    @Override
    Connection connect(EndpointTls tls, EngineServer server, String... alpn) throws IOException {
      Socket socket = server.dial();
      socket.setSoTimeout(20_000);
      SSLEngine engine =
          tls.engine(socket.getInetAddress().getHostAddress(), socket.getPort(), alpn);
      EngineConnection connection = new EngineConnection(socket, engine);
      try {
        connection.handshake();
      } catch (IOException e) {
        socket.close();
        throw e;
      }
      return new Connection() {
        @Override
        String ask() throws IOException {
          connection.writeLine("who am I?");
          return connection.readLine();
        }

        @Override
        SSLSession session() {
          return engine.getSession();
        }

        @Override
        public void close() throws IOException {
          connection.close();
        }
      };
    }
  };

  /** Dials and shakes hands. */
  abstract Connection connect(EndpointTls tls, EngineServer server, String... alpn)
      throws IOException;

  /** Dials and shakes hands. */
  Connection connect(ClientTls tls, EngineServer server, String... alpn) throws IOException {
    return connect(tls.endpoint(), server, alpn);
  }

  abstract static class Connection implements Closeable {
    /** Who the server says that we are: SPIFFE ID and serial number. */
    abstract String ask() throws IOException;

    abstract SSLSession session();

    /** Closes what the other side may have closed first. */
    void abandon() {
      try {
        close();
      } catch (IOException expected) {
        // The last words find nobody to hear them.
      }
    }
  }

  private static final class OverSocket extends Connection {
    private final SSLSocket socket;

    OverSocket(SSLSocket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(20_000);
    }

    @Override
    String ask() throws IOException {
      socket.getOutputStream().write("who am I?\n".getBytes(StandardCharsets.UTF_8));
      StringBuilder line = new StringBuilder();
      while (true) {
        int c = socket.getInputStream().read();
        if (c == '\n') {
          return line.toString();
        }
        if (c < 0) {
          throw new EOFException("closed by the peer");
        }
        line.append((char) c);
      }
    }

    @Override
    SSLSession session() {
      return socket.getSession();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
