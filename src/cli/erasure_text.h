// Erasures and their certificates, for people and for programs. Thread rule: pure functions.
#pragma once

#include "galen/erasure.h"

#include <string>
#include <vector>

namespace galen::cli {

namespace human {
/// Whatever is kept longer than it may be has a line of its own below the table.
[[nodiscard]] std::string text(const std::vector<client::ErasureView>& views, bool full);
[[nodiscard]] std::string text(const client::ErasureCertificate& certificate);
}  // namespace human

namespace json {
[[nodiscard]] std::string text(const std::vector<client::ErasureView>& views);
/// Without the own node's times.
[[nodiscard]] std::string text(const client::ErasureCertificate& certificate);
}  // namespace json

}  // namespace galen::cli
