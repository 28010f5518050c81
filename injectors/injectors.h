// The injectors of this folder, one file each; catalogue.cpp puts them in order.
#pragma once

#include "core/decision/injector.h"

namespace flinch {

/// Calls that move bytes of a stream.
bool is_transfer(Row row);

extern const Injector kShortInjector;
extern const Injector kEintrInjector;
extern const Injector kEagainInjector;
extern const Injector kFullInjector;
extern const Injector kSignalInjector;
extern const Injector kDelayInjector;

}  // namespace flinch
