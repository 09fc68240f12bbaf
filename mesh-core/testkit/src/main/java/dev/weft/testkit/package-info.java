/**
 * What tests of instrumentation modules stand on: {@link dev.weft.testkit.Weaver} weaves modules
 * into the JVM that runs the tests, {@link dev.weft.testkit.TestMesh} is a mesh with real keys and
 * real TLS behind the real bridge, {@link dev.weft.testkit.Http1} a client that sends exactly the
 * bytes it is told to.
 *
 * <p>The bridge is put on the bootstrap loader before any test class is looked at (see {@link
 * dev.weft.testkit.BridgeOnBoot}), as the agent's host does.
 */
@NullMarked
package dev.weft.testkit;

import org.jspecify.annotations.NullMarked;
