#include "byzantine/catalogue.h"

namespace galen::byzantine {

std::unique_ptr<Strategy> draw_strategy(Member) {
  return std::make_unique<Strategy>();
}

}  // namespace galen::byzantine
