package dev.weft.instrumentation.jdkhttpserver;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** The JDK's own HTTP server. */
public final class JdkHttpServerModule extends WeftModule {

  /** Made by the service loader. */
  public JdkHttpServerModule() {
    super("jdk-httpserver");
  }

  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public List<String> speaksFor() {
    return List.of("sun.net.httpserver.");
  }

  @Override
  public Tested tested() {
    return Tested.jdk();
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new ServerInstrumentation(),
        new ExchangeTaskInstrumentation(),
        new RequestInstrumentation(),
        new StreamInstrumentation.Reader(),
        new StreamInstrumentation.Writer(),
        new ResponseInstrumentation(),
        new ConnectionInstrumentation());
  }
}
