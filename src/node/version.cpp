#include "node/version.h"

#include "ledger/block.h"

namespace galen::node {

std::string version_text(bool json) {
// Assertions stay on in every build.
#ifdef __OPTIMIZE__
  const std::string build = "optimised";
#else
  const std::string build = "debug";
#endif
  const std::string protocol = std::to_string(ledger::kBlockVersion);
  const std::string compiler = __VERSION__;
  if (json) {
    return R"({"name":"galend","version":")" + std::string(kVersion) + R"(","protocol":)" +
           protocol + R"(,"compiler":")" + compiler + R"(","build":")" + build + "\"}\n";
  }
  return "galend " + std::string(kVersion) + "\nprotocol " + protocol + "\ncompiler " + compiler +
         "\nbuild " + build + "\n";
}

}  // namespace galen::node
