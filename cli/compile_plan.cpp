#include "cli/compile_plan.h"

#include <unistd.h>

#include "cli/messages.h"
#include "core/plan/plan.h"

namespace flinch {

int compile_plan_command(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1) {
    print_error("compile-plan: one plan is needed");
    return kStatusRunUsage;
  }
  if (isatty(STDOUT_FILENO) == 1) {
    print_error("compile-plan: the image is for the shim, not for a terminal");
    return kStatusRunUsage;
  }
  Plan plan;
  if (const auto loaded = load_plan(arguments.front(), Hostility::kRefuse, plan); !loaded) {
    print_error(loaded.error().text);
    return kStatusRunUsage;
  }
  const auto image = compile_plan(plan, {});
  if (!image) {
    print_error(image.error().text);
    return kStatusRunUsage;
  }
  const std::string_view bytes{reinterpret_cast<const char*>(&*image), sizeof *image};
  return print_output(bytes) == 0 ? 0 : kStatusRunUsage;
}

}  // namespace flinch
