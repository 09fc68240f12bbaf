package dev.weft.instrumentation.netty;

import dev.weft.bridge.Bridge;
import dev.weft.testkit.Weaver;

/** All of the room, woven into this JVM. */
final class NettyWeaving {
  private NettyWeaving() {}

  static void install() {
    Bridge.mesh(); // has started, as by a port before: the first one is opened a moment after
    Weaver.install(new NettyModule());
    Weaver.install(new NettyHttpModule());
    Weaver.install(new NettyHttp2Module());
  }
}
