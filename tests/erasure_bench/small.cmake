# A run with small stores: it ends with 0, and every node counted every entry.
file(REMOVE_RECURSE ${DIRECTORY})
execute_process(
  COMMAND ${PROGRAM} --directory ${DIRECTORY} --gigabytes 0 --entries 300 --stores 2
  OUTPUT_VARIABLE output RESULT_VARIABLE result)
message("${output}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "exit code ${result}")
endif()
string(REGEX MATCHALL "\"operations\": 300" counted "${output}")
list(LENGTH counted nodes)
if(NOT nodes EQUAL 2)
  message(FATAL_ERROR "${nodes} nodes counted 300 entries, not 2")
endif()
