#include "injectors/injectors.h"

namespace flinch {

const Injector* const kAllInjectors[] = {&kShortInjector, &kEintrInjector,  &kEagainInjector,
                                         &kFullInjector,  &kSignalInjector, &kDelayInjector};
const std::uint32_t kInjectorCount = sizeof kAllInjectors / sizeof *kAllInjectors;

const Injector* injector_of(FaultKind kind) {
  const auto index = static_cast<std::uint32_t>(kind) - 1;
  return index < kInjectorCount ? kAllInjectors[index] : nullptr;
}

}  // namespace flinch
