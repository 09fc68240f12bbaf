package dev.weft.testkit.server;

import dev.weft.testkit.KitOptions;

/** What not every server or adapter can do. A row each of {@code docs/server-kit.md}. */
public enum ServerCapability implements KitOptions.Row {
  /** HTTP/2 inside mesh TLS (by ALPN, and with finished clients), and by prior knowledge. */
  HTTP_2("HTTP/2: in mesh TLS and by prior knowledge"),
  /** HTTP/2 by {@code Upgrade: h2c}. */
  H2C_UPGRADE("Upgrade to h2c"),
  /** Another protocol by {@code Upgrade}, such as WebSocket's. */
  UPGRADE("Upgrade to another protocol"),
  /** Trailers reach the application, and its own reach the client. */
  TRAILERS("Trailers, both ways"),
  /** A client that has closed its side of the connection still reads its answer. */
  HALF_CLOSE("Clients that close half are answered"),
  /** A request that another thread answers ends when its client is gone. */
  LOST_LATER("Lost connections end requests that other threads answer"),
  /** The server cuts clients off that are too slow by a setting of its own. */
  CLIENT_TIMEOUT("A timeout of its own for silent clients"),
  /** The application may speak TLS of its own on the port; it is not touched. */
  OWN_TLS("The application's own TLS is left alone"),
  /** A port that speaks the application's own TLS has a listener too. */
  OWN_TLS_LISTENER("Ports with the application's own TLS are reported"),
  /** The application's threads know which request they work for. */
  CONTEXT("Calls know which request they are made for"),
  /** The application is reached in plaintext if the mesh cannot be told of its port. */
  WITHOUT_MESH("Serves without the mesh if that fails to open the port");

  private final String row;

  ServerCapability(String row) {
    this.row = row;
  }

  @Override
  public String row() {
    return row;
  }
}
