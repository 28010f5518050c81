// Numbers that a world gives: never twice, and never negative.
#pragma once

namespace flinch::mechanisms {

using ThreadId = int;
using ProcessId = int;
using ObjectId = int;
using DescriptionId = int;

}  // namespace flinch::mechanisms
