package dev.weft.engine.route;

import dev.weft.engine.Service;
import dev.weft.policy.ServiceName;

/** Where routes get live services from. Safe for use by any thread. */
public interface Live {
  /**
   * The live picture of an app's instances; always the same for one name. Followed from now on if
   * it was not.
   */
  Service service(ServiceName app);
}
