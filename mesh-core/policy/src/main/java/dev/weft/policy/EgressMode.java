package dev.weft.policy;

/** What becomes of calls to hosts that are none of the mesh's; Istio's outboundTrafficPolicy. */
public enum EgressMode {
  /** They pass as if there were no mesh. */
  ALLOW_ANY,
  /** They are refused, but for the hosts that a MeshService allows. */
  REGISTRY_ONLY
}
