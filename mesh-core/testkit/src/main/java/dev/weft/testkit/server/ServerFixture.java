package dev.weft.testkit.server;

import dev.weft.testkit.KitOptions;

/**
 * Starts servers of one library and version. Implemented by a public class with a public
 * constructor that takes {@link #variant}: one test starts it in a JVM of its own.
 */
public interface ServerFixture {
  KitOptions<ServerCapability> options();

  /** What the adapter calls itself, where that is not the name of the library. */
  default String adapter() {
    return options().library();
  }

  /** Which version, in whatever words the constructor understands. */
  String variant();

  /** Whether it is this version that sends gigabytes; one of each line whose transport differs. */
  default boolean large() {
    return true;
  }

  /** Whether it holds little for who does this, without the mesh. */
  default boolean holdsLittle(Http2Flood flood) {
    return true;
  }

  /** Starts a server on a random port of 127.0.0.1, with the adapter woven. */
  ServerUnderTest start(Setup setup) throws Exception;
}
