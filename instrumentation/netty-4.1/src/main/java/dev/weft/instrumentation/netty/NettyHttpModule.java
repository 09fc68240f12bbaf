package dev.weft.instrumentation.netty;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** Netty's codecs of HTTP/1.1, of which there are many subclasses and no others. */
public final class NettyHttpModule extends WeftModule {
  public NettyHttpModule() {
    super("netty-http");
  }

  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public Tested tested() {
    return new Tested("netty-codec-http", "4.1", "4.2");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new HttpDecoderType(), new HttpEncoderType());
  }
}
