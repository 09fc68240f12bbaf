/** What runs when modules are built, and is in no agent. */
@org.jspecify.annotations.NullMarked
package dev.weft.tooling.build;
