package dev.weft.runtime.tls;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** Drives an engine over a blocking socket, the way an event loop would, and reads lines. */
final class EngineConnection implements Closeable {
  private final Socket socket;
  private final SSLEngine engine;
  private final ByteBuffer in;
  private final ByteBuffer plain;
  private final ByteBuffer out;

  EngineConnection(Socket socket, SSLEngine engine) {
    this.socket = socket;
    this.engine = engine;
    this.in = ByteBuffer.allocate(64 * 1024);
    this.plain = ByteBuffer.allocate(64 * 1024);
    this.out = ByteBuffer.allocate(64 * 1024);
    this.in.flip();
    this.plain.flip();
  }

  SSLEngine engine() {
    return engine;
  }

  void handshake() throws IOException {
    try {
      engine.beginHandshake();
      while (true) {
        HandshakeStatus status = engine.getHandshakeStatus();
        switch (status) {
          case NEED_TASK:
            engine.getDelegatedTask().run();
            break;
          case NEED_WRAP:
            wrap(ByteBuffer.allocate(0));
            break;
          case NEED_UNWRAP:
          case NEED_UNWRAP_AGAIN:
            unwrap();
            break;
          default:
            return;
        }
      }
    } catch (IOException e) {
      sayGoodbye();
      throw e;
    }
  }

  /** Sends the alert that the engine has prepared, so that the other side learns of it. */
  private void sayGoodbye() {
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
        wrap(ByteBuffer.allocate(0));
      }
    } catch (IOException ignored) {
      // The handshake's own error is the one to report.
    }
  }

  private void wrap(ByteBuffer source) throws IOException {
    out.clear();
    SSLEngineResult result = engine.wrap(source, out);
    socket.getOutputStream().write(out.array(), 0, out.position());
    if (result.getStatus() == SSLEngineResult.Status.CLOSED && source.hasRemaining()) {
      throw new EOFException("closed by this side");
    }
  }

  private void unwrap() throws IOException {
    plain.compact();
    SSLEngineResult result;
    try {
      result = engine.unwrap(in, plain);
    } finally {
      plain.flip();
    }
    if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
      throw new EOFException("closed by the peer");
    }
    if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
      InputStream stream = socket.getInputStream();
      in.compact();
      int n = stream.read(in.array(), in.position(), in.remaining());
      if (n < 0) {
        throw new EOFException("end of stream");
      }
      in.position(in.position() + n);
      in.flip();
    }
  }

  void writeLine(String line) throws IOException {
    ByteBuffer source = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (source.hasRemaining()) {
      wrap(source);
    }
  }

  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      while (plain.hasRemaining()) {
        char c = (char) plain.get();
        if (c == '\n') {
          return line.toString();
        }
        line.append(c);
      }
      unwrap();
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
      }
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        wrap(ByteBuffer.allocate(0));
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
