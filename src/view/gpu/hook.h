/* view/gpu/hook.h - what our hooks of libplacebo have in common. */
#ifndef VIEW_GPU_HOOK_H
#define VIEW_GPU_HOOK_H

#include <libplacebo/renderer.h>
#include <libplacebo/shaders/custom.h>

/* The colours that a hook was given, put through a shader; all else about them stays. */
static inline struct pl_hook_res hook_shade(const struct pl_hook_params *params,
					    const struct pl_custom_shader *custom)
{
	return (struct pl_hook_res){
		.failed = !pl_shader_custom(params->sh, custom),
		.output = PL_HOOK_SIG_COLOR,
		.sh = params->sh,
		.repr = params->repr,
		.color = params->color,
		.components = params->components,
		.rect = params->rect,
	};
}

#endif
