package dev.weft.coordinator.registry;

/** Hears what changed in the registry; called by any thread, must not block. */
public interface RegistryListener {
  /** The view of this service ({@code namespace/service}) is another one now. */
  void changed(String service);

  /** This service, or this {@code address:port}, was unknown and is known now. */
  void appeared(String serviceOrAddress);
}
