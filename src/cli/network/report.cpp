#include "cli/network/report.h"

#include <cstdio>

namespace galen::cli::network {
namespace {

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return kExitUsage;
    case ErrorCode::kConfig:
    case ErrorCode::kMalformed:
    case ErrorCode::kWrongChain: return kExitConfig;
    case ErrorCode::kUnavailable:
    case ErrorCode::kDeadlineExceeded: return kExitUnavailable;
    default: return kExitGeneral;
  }
}

}  // namespace

int report(const Error& error) {
  std::fprintf(stderr, "galen: %s\n", error.message.c_str());
  return exit_code(error.code);
}

}  // namespace galen::cli::network
