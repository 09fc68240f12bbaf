package dev.weft.instrumentation.okhttp;

import dev.weft.testkit.LibraryLoader;
import dev.weft.testkit.client.AbstractRidesTest;
import dev.weft.testkit.client.Ride;
import dev.weft.tooling.WeftModule;
import java.util.List;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "{0}")
@ValueSource(classes = {Rides.WithRetrofit.class, Rides.WithFeign.class})
class RidesTest extends AbstractRidesTest {
  RidesTest(Class<? extends Ride> type) {
    super(type);
  }

  @Override
  protected List<WeftModule> modules() {
    return List.of(new OkHttpModule());
  }

  /** Each with the OkHttp that it brings. */
  @Override
  protected Ride make(Class<? extends Ride> type) {
    return LibraryLoader.make(
        type == Rides.WithFeign.class ? "feign" : "retrofit", Ride.class, type);
  }
}
