/** What a test and an application of gRPC talk with, which live in loaders of their own. */
@NullMarked
package dev.weft.testkit.grpc;

import org.jspecify.annotations.NullMarked;
