package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.tooling.WeftModule;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ServerGuardTest {
  /** Modules that weave what clients need as well, and the type that only servers do. */
  private static final Map<String, String> NETTYS =
      Map.of(
          "weft-netty", "io/netty/channel/ServerChannel",
          "weft-grpc-netty-shaded", "io/grpc/netty/shaded/io/netty/channel/ServerChannel");

  @Test
  void everyServerThatAModuleGuardsIsKnownHere() {
    Set<String> guarded = new TreeSet<>();
    for (InstrumentationModule module : ServiceLoader.load(InstrumentationModule.class)) {
      if (module instanceof WeftModule weft && weft.guards()) {
        String name = weft.instrumentationName();
        String server = NETTYS.get(name.replaceFirst("-http2?$", ""));
        guarded.add(server == null ? woven(weft) : server);
      }
    }
    assertThat(guarded).isEqualTo(ServerGuard.SERVERS);
  }

  private static String woven(WeftModule module) {
    return module.types().stream()
        .flatMap(type -> type.names().stream())
        .map(name -> name.replace('.', '/'))
        .filter(ServerGuard.SERVERS::contains)
        .findFirst()
        .orElseThrow(() -> new AssertionError(module.instrumentationName() + " is not known"));
  }

  @Test
  void whatMustNotBeLoadedSaysWhy() {
    ClassLoader loader =
        new ClassLoader(null) {
          @Override
          protected Class<?> findClass(String name) {
            byte[] bytes = ServerGuard.unloadable("weft.mtls.floor=STRICT");
            return defineClass(name, bytes, 0, bytes.length);
          }
        };
    assertThatThrownBy(() -> loader.loadClass("org.apache.coyote.AbstractProtocol"))
        .isInstanceOf(NoClassDefFoundError.class)
        .hasMessageContaining("org/apache/coyote/AbstractProtocol")
        .hasMessageContaining("not woven by Weft, and weft_mtls_floor=STRICT");
  }
}
