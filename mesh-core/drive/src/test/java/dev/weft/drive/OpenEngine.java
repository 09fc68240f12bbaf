package dev.weft.drive;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;

/** Reads records that are not encrypted, empty ones as well; has no handshake, and writes none. */
final class OpenEngine extends SSLEngine {
  private static final String[] NONE = {};

  private final SSLSession session;
  private boolean broken;

  OpenEngine() {
    try {
      session = SSLContext.getDefault().createSSLEngine().getSession();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static ByteBuffer record(String text) {
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(5 + body.length)
        .put(new byte[] {23, 3, 3})
        .putShort((short) body.length)
        .put(body)
        .flip();
  }

  /** From now on it throws what no engine should. */
  void fail() {
    broken = true;
  }

  @Override
  public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] to, int offset, int length) {
    if (broken) {
      throw new IllegalStateException("broken");
    }
    int size = from.getShort(from.position() + 3);
    from.position(from.position() + 5);
    to[offset].put(from.slice(from.position(), size));
    from.position(from.position() + size);
    return new SSLEngineResult(Status.OK, HandshakeStatus.NOT_HANDSHAKING, 5 + size, size);
  }

  @Override
  public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to) {
    return new SSLEngineResult(Status.OK, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
  }

  @Override
  public SSLSession getSession() {
    return session;
  }

  @Override
  public HandshakeStatus getHandshakeStatus() {
    return HandshakeStatus.NOT_HANDSHAKING;
  }

  @Override
  public void beginHandshake() {}

  @Override
  public Runnable getDelegatedTask() {
    return () -> {};
  }

  @Override
  public void closeInbound() {}

  @Override
  public boolean isInboundDone() {
    return false;
  }

  @Override
  public void closeOutbound() {}

  @Override
  public boolean isOutboundDone() {
    return false;
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return NONE;
  }

  @Override
  public String[] getEnabledCipherSuites() {
    return NONE;
  }

  @Override
  public void setEnabledCipherSuites(String[] suites) {}

  @Override
  public String[] getSupportedProtocols() {
    return NONE;
  }

  @Override
  public String[] getEnabledProtocols() {
    return NONE;
  }

  @Override
  public void setEnabledProtocols(String[] protocols) {}

  @Override
  public void setUseClientMode(boolean mode) {}

  @Override
  public boolean getUseClientMode() {
    return false;
  }

  @Override
  public void setNeedClientAuth(boolean need) {}

  @Override
  public boolean getNeedClientAuth() {
    return false;
  }

  @Override
  public void setWantClientAuth(boolean want) {}

  @Override
  public boolean getWantClientAuth() {
    return false;
  }

  @Override
  public void setEnableSessionCreation(boolean flag) {}

  @Override
  public boolean getEnableSessionCreation() {
    return false;
  }
}
