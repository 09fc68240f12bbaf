package dev.weft.instrumentation.netty;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** Netty's codec of HTTP/2. */
public final class NettyHttp2Module extends WeftModule {
  public NettyHttp2Module() {
    super("netty-http2");
  }

  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public Tested tested() {
    return new Tested("netty-codec-http2", "4.1", "4.2");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new Http2DecoderType(), new Http2EncoderType());
  }
}
