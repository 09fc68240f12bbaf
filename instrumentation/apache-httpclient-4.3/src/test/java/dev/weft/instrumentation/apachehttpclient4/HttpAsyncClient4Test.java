package dev.weft.instrumentation.apachehttpclient4;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.Origin;
import dev.weft.testkit.TestEndpoint;
import dev.weft.testkit.TestMesh;
import dev.weft.testkit.TestOutbound;
import dev.weft.testkit.Weaver;
import dev.weft.testkit.client.Scenes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HttpAsyncClient 4.1 stands on the same classes, and goes on as without the mesh. */
@Timeout(20)
class HttpAsyncClient4Test {
  @Test
  void itIsLeftAlone() throws Exception {
    Weaver.install(new ApacheHttpClient4Module());
    TestMesh mesh = TestMesh.get();
    mesh.reset();
    TestOutbound outbound = new TestOutbound();
    mesh.outbound(outbound);
    try (Origin origin = new Origin(null)) {
      outbound.route("127.0.0.1", TestEndpoint.tls("orders", origin.port()));
      Scenes scenes = LibraryLoader.make(Versions.NEWEST, Scenes.class, AsyncApplication.class);
      assertThat(scenes.play("get", "http://127.0.0.1:" + origin.port())).isEqualTo("200 ok");
    }
    assertThat(outbound.asked()).isEmpty();
    assertThat(Weaver.errors()).isEmpty();
    assertThat(mesh.faults()).isEmpty();
  }
}
