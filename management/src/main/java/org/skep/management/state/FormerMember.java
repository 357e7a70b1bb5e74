package org.skep.management.state;

/// A storage target that was a member of a buddy group when that was removed, and may still hold
/// what the group had; of its last one.
///
/// @param epoch of the group at its end
/// @param good whether it had all that the group had acknowledged
public record FormerMember(int targetId, int groupId, long epoch, boolean good) {}
