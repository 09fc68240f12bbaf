package dev.weft.instrumentation.tomcat.inside;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * Ends one connection in a way that Tomcat's poller takes for the client's goodbye. Of the
 * connection, not of its {@link MeshNioChannel}, which Tomcat uses for one after the other.
 */
final class HangUp implements Runnable {
  private final SocketChannel carrier;

  HangUp(SocketChannel carrier) {
    this.carrier = carrier;
  }

  @Override
  public void run() {
    try {
      carrier.shutdownInput();
    } catch (IOException e) {
      // It is closed already.
    }
  }
}
