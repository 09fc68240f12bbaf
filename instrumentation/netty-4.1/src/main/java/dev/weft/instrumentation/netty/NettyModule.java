package dev.weft.instrumentation.netty;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** Netty's channels: what is accepted by a server. */
public final class NettyModule extends WeftModule {
  public NettyModule() {
    super("netty");
  }

  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public Tested tested() {
    return new Tested("netty-transport", "4.1", "4.2");
  }

  @Override
  public List<WovenType> types() {
    return List.of(new ChannelType(), new HeadContextType());
  }
}
