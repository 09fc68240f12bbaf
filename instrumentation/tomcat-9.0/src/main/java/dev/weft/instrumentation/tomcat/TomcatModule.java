package dev.weft.instrumentation.tomcat;

import dev.weft.tooling.Tested;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import java.util.List;

/** Apache Tomcat's NIO connector. */
public final class TomcatModule extends WeftModule {
  public TomcatModule() {
    super("tomcat");
  }

  @Override
  public List<String> calledByChanges() {
    return List.of("dev.weft.instrumentation.tomcat.inside.MeshNioChannel");
  }

  @Override
  public boolean guards() {
    return true;
  }

  @Override
  public List<String> speaksFor() {
    return List.of("org.apache.tomcat.");
  }

  @Override
  public Tested tested() {
    return new Tested("tomcat-embed-core", "9.0", "11.0");
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new ProtocolType(),
        new EndpointType(),
        new NioEndpointType(),
        new SocketWrapperType(),
        new ProcessorType(),
        new Http11ProcessorType(),
        new StreamProcessorType(),
        new RequestType());
  }
}
