package dev.weft.coordinator;

import dev.weft.coordinator.telemetry.Topology;
import dev.weft.wire.Instance;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of instances and agents. Answers are snapshots; safe for use by any thread. */
public interface RegistryView {
  /** All instances that any coordinator of the mesh knows, in no order. */
  List<Instance> instances();

  /** The instance that a call to this address is led to; null if there is none. */
  @Nullable Instance at(String address, int port);

  /** The agents connected to this coordinator. */
  List<AgentInfo> agents();

  /** What agents report to this coordinator. */
  Topology topology();

  /** Mesh addresses of the other live coordinators, which have agents of their own. */
  List<String> otherCoordinators();
}
