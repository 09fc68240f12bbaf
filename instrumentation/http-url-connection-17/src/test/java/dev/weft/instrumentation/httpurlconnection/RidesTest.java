package dev.weft.instrumentation.httpurlconnection;

import dev.weft.testkit.client.AbstractRidesTest;
import dev.weft.testkit.client.Ride;
import dev.weft.tooling.WeftModule;
import java.util.List;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "{0}")
@ValueSource(
    classes = {Rides.WithRestTemplate.class, Rides.WithFeign.class, Rides.WithJersey.class})
class RidesTest extends AbstractRidesTest {
  RidesTest(Class<? extends Ride> type) {
    super(type);
  }

  @Override
  protected List<WeftModule> modules() {
    return List.of(new HttpUrlConnectionModule());
  }
}
