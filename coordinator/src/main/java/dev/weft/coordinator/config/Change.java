package dev.weft.coordinator.config;

import dev.weft.policy.Resource;

/** One wish of a commit. */
public sealed interface Change {
  /** {@code Kind/namespace/name}. */
  String id();

  Precondition precondition();

  /** Creates or replaces a resource. Its creation time, if it has one, is not looked at. */
  record Put(Resource resource, Precondition precondition) implements Change {
    @Override
    public String id() {
      return resource.id();
    }
  }

  /** Removes a resource, which must be there. */
  record Delete(String id, Precondition precondition) implements Change {}
}
