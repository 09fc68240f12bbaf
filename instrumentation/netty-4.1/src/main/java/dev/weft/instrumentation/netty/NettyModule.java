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

  /** Netty 4.0 has the half of them, and what is held before a write would never be let go. */
  @Override
  public boolean whole() {
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
