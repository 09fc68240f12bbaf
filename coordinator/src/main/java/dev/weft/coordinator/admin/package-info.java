/**
 * The admin REST API. {@link dev.weft.coordinator.admin.AdminServer} listens; {@link
 * dev.weft.coordinator.admin.AdminApi} lists all that it can do, on one page; nothing but those two
 * knows the server library.
 */
@NullMarked
package dev.weft.coordinator.admin;

import org.jspecify.annotations.NullMarked;
