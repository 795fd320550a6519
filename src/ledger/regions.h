// Countries. Thread rule: functions of their arguments.
#pragma once

#include <string_view>

namespace galen::ledger {

/// An officially assigned code of ISO 3166-1 alpha-2, or XK, which is user-assigned and in use for
/// Kosovo. Codes are added, never taken away: what is stored has to decode for ever.
[[nodiscard]] bool is_region(std::string_view text);

}  // namespace galen::ledger
