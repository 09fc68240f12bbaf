/**
 * The contract of every server adapter, as tests that its module extends: {@link
 * dev.weft.testkit.server.AbstractHttpServerTest}. The adapter brings a {@link
 * dev.weft.testkit.server.ServerFixture}, which starts an unmodified application on the real
 * server, and says in {@link dev.weft.testkit.server.ServerFixture#options} what the server cannot
 * do.
 */
@NullMarked
package dev.weft.testkit.server;

import org.jspecify.annotations.NullMarked;
