package dev.weft.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.tooling.WeftModule;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class ServerGuardTest {
  @Test
  void everyServerThatAModuleGuardsIsKnownHere() {
    int guards = 0;
    for (InstrumentationModule module : ServiceLoader.load(InstrumentationModule.class)) {
      if (module instanceof WeftModule weft && weft.guards()) {
        guards++;
        assertThat(weft.types().stream().flatMap(type -> type.names().stream()))
            .as(weft.instrumentationName())
            .anyMatch(name -> ServerGuard.SERVERS.contains(name.replace('.', '/')));
      }
    }
    assertThat(guards).isEqualTo(ServerGuard.SERVERS.size());
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
