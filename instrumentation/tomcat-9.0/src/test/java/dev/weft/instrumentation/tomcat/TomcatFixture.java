package dev.weft.instrumentation.tomcat;

import dev.weft.testkit.Identities;
import dev.weft.testkit.KitOptions;
import dev.weft.testkit.server.Http2Flood;
import dev.weft.testkit.server.ServerCapability;
import dev.weft.testkit.server.ServerFixture;
import dev.weft.testkit.server.ServerUnderTest;
import dev.weft.testkit.server.Setup;
import java.util.HashMap;
import java.util.Map;

/** The application on a version of Tomcat. */
public final class TomcatFixture implements ServerFixture {
  private final String version;

  public TomcatFixture(String version) {
    this.version = version;
  }

  @Override
  public KitOptions<ServerCapability> options() {
    return KitOptions.of("tomcat", ServerCapability.class);
  }

  @Override
  public String variant() {
    return version;
  }

  @Override
  public boolean large() {
    return version.equals("11.0.14");
  }

  @Override
  public boolean holdsLittle(Http2Flood flood) {
    return flood != Http2Flood.RAPID_RESETS || !version.equals(TomcatUnderTest.WEAK_HTTP_2);
  }

  @Override
  public ServerUnderTest start(Setup setup) throws Exception {
    Map<String, Object> options = new HashMap<>();
    if (setup.http2()) {
      options.put("http2", true);
    }
    if (setup.ownTls()) {
      options.put("keys", Identities.keys("orders"));
      options.put("password", Identities.password());
    }
    if (setup.impatient()) {
      options.put("connector.connectionTimeout", "300");
    }
    return TomcatUnderTest.start(version, options);
  }
}
